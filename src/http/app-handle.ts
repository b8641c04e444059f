/** The app under test, whatever it was written with. Made by {@link adaptApp}. */
export interface AppHandle {
  /**
   * Sends a request to the app, whatever origin the request names. Redirects are handed back, never followed.
   *
   * @throws BacklotError `BACKLOT_APP_FAILED` when the app cannot be reached or throws instead of answering
   */
  fetch(request: Request): Promise<Response>
  /** Base URL, where the app listens on one: for clients other than `api`. No slash at the end. */
  readonly url: string | undefined
  /** Requests that have come in and are not answered to the end. An endless stream (`text/event-stream`) counts until its headers. */
  inFlight(): number
  /** The same, one line each: `POST /orders, open for 120 ms`. */
  openRequests(): readonly string[]
  /**
   * Stops the app. Waits for open requests until the deadline, then cuts them off.
   *
   * @throws BacklotError `BACKLOT_TIMEOUT` naming what was still open
   */
  close(): Promise<void>
}

/** Options of {@link adaptApp}. */
export interface AdaptOptions {
  /** Milliseconds that `close` may take. Default: 5,000. */
  readonly closeDeadlineMs?: number
}
