import { inflateRawSync } from 'node:zlib';

/** One file of an archive. */
export interface Entry {
  readonly name: string;
  readonly content: Buffer;
}

const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** Reads an archive by its central directory (APPNOTE 6.3.10, sections 4.3.12 and 4.3.16): stored and deflated files only. */
export function readZip(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(Buffer.from([END & 255, (END >> 8) & 255, (END >> 16) & 255, END >> 24]));
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error('The archive is broken.');
    const deflated = zip.readUInt16LE(at + 10) === 8;
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength!);
    entries.push({ name, content: deflated ? inflateRawSync(packed) : packed });
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return entries;
}
