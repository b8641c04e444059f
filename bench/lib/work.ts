/** Sends one statement with bound parameters and takes its rows. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<{ readonly rows: readonly unknown[] }>

const idOf = ({ rows }: { readonly rows: readonly unknown[] }): string => {
  const [row] = rows
  if (typeof row !== 'object' || row === null || !('id' in row)) throw new Error('an INSERT returned no id')
  return String(row.id)
}

/** The test body that every peer runs: 15 inserts into 3 of the 12 tables, one statement each. */
export async function fifteenInserts(query: Query): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    const customer = idOf(
      await query('INSERT INTO customers (email) VALUES ($1) RETURNING id', [`customer-${i}@example.org`]),
    )
    const order = idOf(await query('INSERT INTO orders (customer_id) VALUES ($1) RETURNING id', [customer]))
    await query('INSERT INTO order_lines (order_id, amount, price) VALUES ($1, $2, $3)', [order, i + 1, '9.90'])
  }
}

/** A test body that writes nothing. */
export async function threeReads(query: Query): Promise<void> {
  await query('SELECT count(*) FROM customers')
  await query("SELECT * FROM orders WHERE status = 'new'")
  await query(
    'SELECT o.id, sum(l.amount * l.price) FROM orders o JOIN order_lines l ON l.order_id = o.id GROUP BY o.id',
  )
}

/** Fails when a test finds traces of the one before: a peer that resets too little must not win. */
export async function mustBeClean(query: Query): Promise<void> {
  const { rows } = await query(
    'SELECT id FROM customers UNION ALL SELECT id FROM orders UNION ALL SELECT id FROM order_lines',
  )
  if (rows.length > 0) throw new Error(`${rows.length} rows were left behind`)
}
