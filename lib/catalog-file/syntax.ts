import type { YAMLError } from 'yaml';

/** A fault of the YAML, with the offset of what it is about. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** Errors that leave the structure whole, so that what follows is not a consequence of them. */
const WHOLE = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

/**
 * What is wrong with the YAML, in words that say what to write. Of the errors that break its structure only the first is
 * reported, and nothing after it, since most of what follows is its consequence.
 * @param errors what the parser found
 * @param others what was found besides, such as aliases without an anchor; an error at the same place, or later on the same
 * line, is taken for its consequence
 */
export function syntaxFaults(
  errors: readonly YAMLError[],
  text: string,
  others: readonly SyntaxFault[],
): readonly SyntaxFault[] {
  const whole = errors.filter(({ code }) => WHOLE.has(code));
  const firstOfLine = new Map<number, number>();
  for (const { offset } of others.toReversed()) firstOfLine.set(lineOf(offset, text), offset);
  const isConsequence = ({ pos: [offset] }: YAMLError) =>
    offset >= (firstOfLine.get(lineOf(offset, text)) ?? Number.POSITIVE_INFINITY);
  const broken = errors
    .filter((error) => !WHOLE.has(error.code) && !isConsequence(error))
    .sort((one, other) => one.pos[0] - other.pos[0]);
  const faults = [...whole.map((error) => ({ offset: error.pos[0], message: describeWhole(error, text) })), ...others];
  const [first] = broken;
  if (first === undefined) return faults;
  const fault = describeBroken(first, broken, text);
  return [...faults.filter(({ offset }) => offset < fault.offset), fault];
}

/** The offset of the start of the line that holds an offset. */
function lineOf(offset: number, text: string): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function describeWhole({ code, pos }: YAMLError, text: string): string {
  const [start, end] = pos;
  if (code === 'TAG_RESOLVE_FAILED')
    return `expected a value without a tag, found ${JSON.stringify(text.slice(start, end))}`;
  const [name] = /^[^:\r\n]*/.exec(text.slice(start, start + 80))!;
  return `expected ${JSON.stringify(name.trim())} only once, found it again`;
}

function describeBroken(error: YAMLError, all: readonly YAMLError[], text: string): SyntaxFault {
  const { code, message, pos } = error;
  const [offset] = pos;
  const indentation = text.slice(lineOf(offset, text), offset) + (/^[ \t]*/.exec(text.slice(offset))?.[0] ?? '');
  if (code === 'TAB_AS_INDENT' || /^ *\t\s*$/.test(indentation)) {
    return { offset, message: 'expected spaces for indentation, found a tab' };
  }
  if (code === 'MULTIPLE_DOCS') return { offset, message: 'expected a single YAML document, found another' };
  if (code === 'BAD_SCALAR_START') {
    return { offset, message: `expected quotes around a value that begins with ${text[offset]}` };
  }
  // A line further in than the text before it: the parser takes both lines for one name.
  const joined = all.find((one) => one.code === 'MULTILINE_IMPLICIT_KEY' && one.pos[0] === offset);
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && joined !== undefined) {
    return {
      offset: startOfLine(joined.pos[1], text),
      message: 'expected the same indentation as the line before, found more',
    };
  }
  if (joined !== undefined) return { offset, message: 'expected a name, a colon and a value on one line' };
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && message.startsWith('Nested')) {
    return { offset, message: 'expected quotes around a value that contains a colon and a space' };
  }
  if (message.startsWith('Sequence item')) {
    return { offset, message: 'expected a dash, or the same indentation as the lines before' };
  }
  const quote = /^Missing closing (.)quote/.exec(message)?.[1];
  return { offset, message: quote === undefined ? `expected YAML: ${message}` : `expected a closing ${quote}` };
}

/** The offset of the first character after the indentation of the line that holds an offset. */
function startOfLine(offset: number, text: string): number {
  const start = lineOf(offset, text);
  return start + /^ */.exec(text.slice(start))![0].length;
}
