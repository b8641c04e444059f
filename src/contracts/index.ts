/**
 * The types every room speaks. A service room implements them, the engine drives them; neither knows the other.
 *
 * @module
 */
export type { BaselineRequest, Belongings, HostContext, Instance, Lease, ServiceHost } from './host.ts'
export type { Json } from './json.ts'
export type { Before, Isolation, Leak, LeaseClient, LeaseCommit, RewindReport } from './lease.ts'
export { type Matcher, type MatcherContext, type Outcome, type Probe, probeMatchers } from './probe.ts'
export type { Progress, ProgressEvent } from './progress.ts'
export type {
  InstanceStatus,
  OpenService,
  ProviderReport,
  Service,
  ServiceCommand,
  ServiceCommandContext,
  ServiceContext,
  ServicePlan,
} from './service.ts'
