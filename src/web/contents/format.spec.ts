import { machineTime, cutText } from './format.js';

it('times are also written for machines', () => {
  expect(machineTime(1_795_269_780.25)).toBe('2026-11-21T14:03:00.250Z');
});

it('long texts are shortened without cutting a character in two', () => {
  expect(cutText('plaza', 5)).toBe('plaza');
  expect(cutText('plazas', 5)).toBe('plaza…');
  expect(cutText('plaz😀', 5)).toBe('plaz…');
});
