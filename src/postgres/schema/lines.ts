import type { ColumnShape, ConstraintShape, IndexShape, PolicyShape, TriggerShape } from './shape.ts'

/** `email text not null default ''::text` without the name. */
export function columnLine(column: ColumnShape): string {
  const { type, nullable, generated, stored, identity } = column
  return [
    type,
    ...(nullable ? [] : ['not null']),
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(generated === null ? [] : [`generated always as (${generated}) ${stored ? 'stored' : 'virtual'}`]),
    ...(identity === null ? [] : [`generated ${identity} as identity`]),
  ].join(' ')
}

/** `PRIMARY KEY (id)` */
export function constraintLine({ definition }: ConstraintShape): string {
  return definition
}

/** `unique btree (email) WHERE deleted_at IS NULL` */
export function indexLine({ unique, definition, valid }: IndexShape): string {
  return `${unique ? 'unique ' : ''}${definition}${valid ? '' : ' (invalid)'}`
}

/** `BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()` */
export function triggerLine({ definition, enabled }: TriggerShape): string {
  return `${definition}${enabled ? '' : ' (disabled)'}`
}

/** `permissive select to public using (owner = current_user)` */
export function policyLine({ permissive, command, roles, using, check }: PolicyShape): string {
  return [
    permissive ? 'permissive' : 'restrictive',
    command,
    `to ${roles.map(roleName).toSorted().join(', ')}`,
    ...(using === null ? [] : [`using (${using})`]),
    ...(check === null ? [] : [`with check (${check})`]),
  ].join(' ')
}

/** The roles that Backlot made have names of their own on each server: they are called what they are for. */
export function roleName(role: string): string {
  return /^backlot_(owner|app)(_|$)/.exec(role)?.[1] ?? role
}
