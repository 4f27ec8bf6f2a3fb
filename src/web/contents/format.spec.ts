import { dateAndTime, days, fileSize, machineTime, people, startOf } from './format.js';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9949, '9.9 kB'],
  [9951, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1_440_000, '1.4 MB'],
  [5_000_000_000_000, '5000 GB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(fileSize(bytes)).toBe(text);
});

it('tells times for people and for machines', () => {
  expect(dateAndTime(1_795_269_780.25)).toBe('21 Nov 2026, 14:03 UTC');
  expect(machineTime(1_795_269_780.25)).toBe('2026-11-21T14:03:00.250Z');
});

it('counts people and days', () => {
  expect([people(0), people(1), people(1234)]).toEqual(['0 people', '1 person', '1,234 people']);
  expect([days(1), days(7)]).toEqual(['1 day', '7 days']);
});

it('shortens long texts without cutting a character in two', () => {
  expect(startOf('plaza', 5)).toBe('plaza');
  expect(startOf('plazas', 5)).toBe('plaza…');
  expect(startOf('plaz😀', 5)).toBe('plaz…');
});
