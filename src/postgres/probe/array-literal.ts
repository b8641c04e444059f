/** An array as Postgres prints it: elements as raw text, nested where it has several dimensions. */
export type ArrayText = readonly (string | null | ArrayText)[]

/**
 * Reads the text of an array: `{1,NULL,"a b",{...}}`, also with bounds (`[0:1]={...}`) in front.
 *
 * @see https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 */
export function parseArray(text: string): ArrayText {
  let at = text.indexOf('{')
  const delimiter = ','

  function element(): string | null | ArrayText {
    if (text[at] === '{') return list()
    if (text[at] === '"') {
      let value = ''
      for (at += 1; text[at] !== '"'; at += 1) {
        if (text[at] === '\\') at += 1
        value += text[at] ?? ''
        if (at >= text.length) break
      }
      at += 1
      return value
    }
    const start = at
    while (at < text.length && text[at] !== delimiter && text[at] !== '}') at += 1
    const value = text.slice(start, at)
    return value === 'NULL' ? null : value
  }

  function list(): ArrayText {
    const items: (string | null | ArrayText)[] = []
    at += 1
    while (at < text.length && text[at] !== '}') {
      items.push(element())
      if (text[at] === delimiter) at += 1
    }
    at += 1
    return items
  }

  return list()
}
