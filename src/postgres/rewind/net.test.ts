import { expect, test } from 'vitest'
import { absorb, emptyFrame, lose, untouchedFrame } from './frame.ts'
import { rowLiteral, sqlString } from './image.ts'
import { add, changedRows, describe, emptyNet, isEmpty, merge, type Net, tableNet, truncate } from './net.ts'

function netOf(changes: readonly [table: string, image: string, by: number][]): Net {
  const net = emptyNet()
  for (const [table, image, by] of changes) add(net, tableNet(net, table), image, by)
  return net
}

test('what is made and unmade leaves nothing, and gives its memory back', () => {
  const net = netOf([
    ['a', '(1)', 1],
    ['a', '(1)', -1],
    ['a', '(2)', -1],
    ['a', '(2)', 1],
  ])
  expect(isEmpty(net)).toBe(true)
  expect(net).toMatchObject({ images: 0, bytes: 0 })
})

test('equal rows are counted', () => {
  const net = netOf([
    ['a', '(1)', 1],
    ['a', '(1)', 1],
    ['a', '(1)', -1],
  ])
  expect([...tableNet(net, 'a').images]).toEqual([['(1)', 1]])
})

test('two nets after one another are one', () => {
  const net = netOf([
    ['a', '(1)', 1],
    ['b', '(x)', -1],
  ])
  merge(
    net,
    netOf([
      ['a', '(1)', -1],
      ['a', '(2)', 1],
      ['c', '(c)', 1],
    ]),
  )
  expect(describe(net)).toEqual(['a: 1 inserted', 'b: 1 deleted', 'c: 1 inserted'])
})

test('after TRUNCATE only what came later counts', () => {
  const net = netOf([['a', '(1)', 1]])
  truncate(net, 'a')
  add(net, tableNet(net, 'a'), '(2)', 1)
  expect(describe(net)).toEqual(['a: emptied by TRUNCATE, 1 inserted'])
  expect(net.images).toBe(1)
  const later = emptyNet()
  truncate(later, 'a')
  merge(net, later)
  expect(describe(net)).toEqual(['a: emptied by TRUNCATE'])
  expect(isEmpty(net)).toBe(false)
})

test('an update counts once', () => {
  const net = netOf([
    ['a', '(1,x)', -1],
    ['a', '(1,y)', 1],
    ['a', '(2)', -1],
    ['b', '(9)', 1],
  ])
  expect(changedRows(net)).toBe(3)
  expect(describe(net)).toEqual(['a: 1 updated, 1 deleted', 'b: 1 inserted'])
})

test('a frame whose net is lost stays so, and says the first reason', () => {
  const frame = emptyFrame()
  frame.net = netOf([['a', '(1)', 1]])
  const later = emptyFrame()
  lose(later, 'first')
  lose(later, 'second')
  absorb(frame, later)
  expect(frame.lost).toBe('first')
  expect(frame.net.images).toBe(0)
  const more = emptyFrame()
  more.net = netOf([['a', '(2)', 1]])
  absorb(frame, more)
  expect(frame.net.images).toBe(0)
  expect(untouchedFrame(frame)).toBe(false)
})

test('the older transaction is kept, also where numbers wrap around', () => {
  const [frame, later] = [emptyFrame(), emptyFrame()]
  frame.oldest = 5
  later.oldest = 4_294_967_290
  absorb(frame, later)
  expect(frame.oldest).toBe(4_294_967_290)
})

test('a row literal reads back as the row, whatever is in it', () => {
  expect(rowLiteral(['1', null, '', 'a b', 'q"u\\o', '(x,y)', 'plain'])).toBe('(1,,"","a b","q""u\\\\o","(x,y)",plain)')
  expect(rowLiteral([null])).toBe('()')
  expect(rowLiteral([])).toBe('()')
  expect(sqlString("it's")).toBe("'it''s'")
})
