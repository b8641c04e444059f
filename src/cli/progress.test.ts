import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { amount, showProgress } from './progress.ts'
import type { Output } from './terminal.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function recorder(options: Partial<Output> = {}): Output & { text: string } {
  return {
    text: '',
    write(part) {
      this.text += part
    },
    ...options,
  }
}

describe('plain lines', () => {
  test('nothing for what ends within a second', () => {
    const stream = recorder()
    const { report } = showProgress(stream)
    report({ what: 'unpacking' })
    vi.advanceTimersByTime(900)
    report({ what: 'unpacking', finished: true })
    vi.advanceTimersByTime(5_000)
    expect(stream.text).toBe('')
  })

  test('a line after a second, then every ten, then the end', () => {
    const stream = recorder()
    const { report, stop } = showProgress(stream)
    for (let second = 0; second < 25; second += 1) {
      report({ what: 'downloading', done: second * 1_000_000, total: 25_000_000 })
      vi.advanceTimersByTime(1_000)
    }
    report({ what: 'downloading', finished: true })
    stop()
    expect(stream.text.split('\n')).toEqual([
      'backlot: downloading, 0.0 of 25.0 MB …',
      'backlot: downloading, 10.0 of 25.0 MB, 11 s …',
      'backlot: downloading, 20.0 of 25.0 MB, 21 s …',
      'backlot: downloading: done after 25 s',
      '',
    ])
  })

  test('several things have lines of their own', () => {
    const stream = recorder()
    const { report } = showProgress(stream)
    report({ what: 'a' })
    report({ what: 'b' })
    vi.advanceTimersByTime(1_000)
    expect(stream.text).toBe('backlot: a …\nbacklot: b …\n')
  })
})

describe('on a TTY', () => {
  const clear = '\r\u001b[2K'

  test('one line is drawn over, cut to the width, and taken away', () => {
    const stream = recorder({ isTTY: true, columns: 30 })
    const { report, stop } = showProgress(stream)
    report({ what: 'downloading something with a long name' })
    report({ what: 'b' })
    vi.advanceTimersByTime(1_200)
    const drawn = stream.text.split(clear).slice(1)
    expect(drawn.length).toBeGreaterThan(1)
    for (const line of drawn) expect(line).toMatch(/^[⠀-⣿] downloading something with $/)
    expect(stream.text).not.toContain('\n')
    stop()
    expect(stream.text.endsWith(clear)).toBe(true)
  })

  test('names how much more is going on, and goes when all is done', () => {
    const stream = recorder({ isTTY: true })
    const { report } = showProgress(stream)
    report({ what: 'a', done: 1, total: 3 })
    report({ what: 'b' })
    vi.advanceTimersByTime(1_000)
    expect(stream.text).toMatch(/ a, 1 of 3, 1 s \(and 1 more\)$/)
    report({ what: 'a', finished: true })
    expect(stream.text).toMatch(/ b, 1 s$/)
    report({ what: 'b', finished: true })
    expect(stream.text.endsWith(clear)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('amounts', () => {
  expect(amount({ what: 'x' })).toBe('')
  expect(amount({ what: 'x', done: 3 })).toBe(', 3')
  expect(amount({ what: 'x', done: 3, total: 7 })).toBe(', 3 of 7')
  expect(amount({ what: 'x', done: 12_340_000 })).toBe(', 12.3 MB')
})
