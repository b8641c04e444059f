/** What is going on, for a person who waits: shown when it takes longer than a second. */
export interface ProgressEvent {
  /** What is being done, as a phrase: `downloading PostgreSQL 18.4`. */
  readonly what: string
  /** Done so far and in all, in bytes or steps, where known. */
  readonly done?: number
  readonly total?: number
  /** Set once when it is finished. */
  readonly finished?: boolean
}

/** Takes {@link ProgressEvent}s; whoever owns the console gives one in. */
export type Progress = (event: ProgressEvent) => void
