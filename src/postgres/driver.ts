import type pg from 'pg'
import { BacklotError } from '../errors/index.ts'

/** The module `pg`. */
export type Driver = typeof pg

/**
 * Loads the driver when it is needed, so that importing Backlot needs no driver at all.
 *
 * @param load imports `pg`; only tests give another
 * @throws BacklotError `BACKLOT_DRIVER_MISSING`
 */
export async function loadDriver(load: () => Promise<{ default: Driver }> = () => import('pg')): Promise<Driver> {
  try {
    return (await load()).default
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new BacklotError('BACKLOT_DRIVER_MISSING', 'postgres() needs the package pg', {
      hint: 'npm install -D pg',
      cause: error,
    })
  }
}
