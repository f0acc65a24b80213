/** What every store on disk takes. */
export interface OpenOptions {
  /**
   * Opens for reading only: without the lock, without writing anything, beside a live writer and on a crashed store.
   * Reads then see what the writer has committed meanwhile. `false` when not given.
   */
  readonly readOnly?: boolean;
  /** How far the head record may lag behind the journal, in milliseconds. 1,000 when not given. */
  readonly headEvery?: number;
  /** Told what opening noticed and repaired, as sentences: a torn tail that was cut, a head record that is missing. */
  readonly onNotice?: (notice: string) => void;
}
