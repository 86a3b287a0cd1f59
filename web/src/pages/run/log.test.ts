import { describe, expect, it } from 'vitest';

import { joinedLog, recordedLog } from './log';

const kAnswer = {
  logs: [
    { nodeId: 'a', attempt: 1, chunk: 3, text: 'one\ntwo\n\nthree\n' },
    { nodeId: 'a', attempt: 2, chunk: 0, text: '' },
  ],
};
const told = (chunk: number, text: string) => ({ nodeId: 'a', attempt: 1, chunk, text });

describe('the log of an attempt', () => {
  it('is read from the answer', () => {
    expect(recordedLog(kAnswer, 1)).toEqual({ lines: ['one', 'two', '', 'three'], chunk: 3 });
    expect(recordedLog(kAnswer, 2)).toEqual({ lines: [], chunk: 0 });
    expect(recordedLog(kAnswer, 3)).toEqual({ lines: [], chunk: 0 });
  });
  it('goes on with what is told after it, and repeats nothing', () => {
    const lines = [told(3, 'three'), told(4, 'four'), told(4, 'five'), told(5, 'six')];
    expect(joinedLog(recordedLog(kAnswer, 1), lines)).toEqual(['one', 'two', '', 'three', 'four', 'five', 'six']);
  });
  it('is what is told until the record is there', () => {
    expect(joinedLog(undefined, [told(4, 'four')])).toEqual(['four']);
  });
});
