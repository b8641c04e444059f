// #region migrate
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await client.query(await readFile('migrations/001_members.sql', 'utf8'))
await client.end()
// #endregion
