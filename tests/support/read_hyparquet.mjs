// Prints the rows of a Parquet file as JSON: node read_hyparquet.mjs FOLDER_OF_HYPARQUET FILE
// A Date is printed as {"instant": text}; a BigInt as a number, or as text if no number holds it.
import { pathToFileURL } from 'node:url'

const [folder, path] = process.argv.slice(2)
const { asyncBufferFromFile, parquetReadObjects } = await import(
  pathToFileURL(`${folder}/src/node.js`).href
)

function plain(key, text) {
  const value = this[key]
  if (value instanceof Date) return { instant: text }
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`
}

const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
process.stdout.write(JSON.stringify(rows, plain))
