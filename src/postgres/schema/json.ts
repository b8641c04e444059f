/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads what a query of ours wrote as JSON: its shape is that of the query. */
export function readJson<Shape>(text: string | null | undefined, fits: (value: unknown) => boolean): Shape {
  const value: unknown = JSON.parse(text ?? 'null')
  if (fits(value)) return value as Shape
  throw new TypeError('the catalog query did not return what it is written to return')
}
