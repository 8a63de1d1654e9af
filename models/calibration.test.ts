import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calibration, calibrate, factorOf, predictTokens } from './index.ts';

/** Learns from reports, `[raw, reported]` each. */
const learnt = (...reports: [number, number][]) =>
  reports.reduce<Calibration | null>((before, [raw, reported]) => calibrate(before, raw, reported), null);

describe('the prediction of a request’s tokens', () => {
  it('is the raw count before any report', () => {
    expect(predictTokens(null, 1000)).toBe(1000);
  });

  it('is what was reported for a request that did not change', () => {
    expect(predictTokens(learnt([1000, 1250]), 1000)).toBe(1250);
  });

  it('takes for new results what the last ones came to, not what the system text did', () => {
    const calibration = learnt([2000, 2000], [3000, 3500], [4000, 5000]);
    expect(predictTokens(calibration, 5000)).toBe(6500);
  });

  it('goes with new results of another kind within a few reports', () => {
    let calibration = learnt([2000, 2000], [3000, 3000], [4000, 4000], [5000, 5000]);
    for (let report = 1; report <= 4; report += 1) {
      calibration = calibrate(calibration, 5000 + report * 1000, 5000 + report * 2000);
    }
    expect(Math.abs(predictTokens(calibration, 10_000) / 15_000 - 1)).toBeLessThan(0.03);
  });

  it('of a history that was made shorter is its share of the last report', () => {
    expect(predictTokens(learnt([2000, 2000], [10_000, 18_000]), 5000)).toBe(9000);
  });

  it('never falls as the request grows', () => {
    const report = fc.tuple(fc.nat(100_000), fc.nat(300_000));
    fc.assert(
      fc.property(fc.array(report), fc.nat(200_000), fc.nat(200_000), (reports, raw, more) => {
        const calibration = learnt(...reports);
        expect(predictTokens(calibration, raw + more)).toBeGreaterThanOrEqual(predictTokens(calibration, raw));
      }),
    );
  });
});

describe('a report that cannot be', () => {
  it.each([
    ['none', 20_000, 0],
    ['that counts only what is new', 20_000, 900],
    ['of a hundred times the request', 20_000, 2_000_000],
    ['that stayed high though the request shrank', 6000, 11_000],
  ])('%s teaches nothing', (_, raw, reported) => {
    const before = learnt([10_000, 10_000], [11_000, 11_000]);
    expect(calibrate(before, raw, reported)).toBe(before);
  });

  it('teaches nothing as the first either', () => {
    expect(learnt([1000, 10], [0, 100], [100, 0], [1000, 1_000_000])).toBeNull();
  });

  it('does not hide the next that can', () => {
    expect(factorOf(learnt([10_000, 10_000], [11_000, 300], [12_000, 13_200]))).toBe(1.1);
  });

  it('keeps the factor within what a tokenizer can come to, whatever a server reports', () => {
    const report = fc.tuple(fc.integer({ min: -10, max: 100_000 }), fc.integer({ min: -10, max: 1_000_000 }));
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        const factor = factorOf(learnt(...reports));
        expect(factor).toBeGreaterThanOrEqual(0.7);
        expect(factor).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('of a size that never falls does not make each shorter history look too large', () => {
    // The history grows by 5,000 a turn and is cut to 48 % of the window as soon as the prediction passes 80 %.
    const window = 100_000;
    let calibration: Calibration | null = null;
    let raw = 10_000;
    let highest = 0;
    let compactions = 0;
    for (let turn = 0; turn < 400; turn += 1) {
      if (predictTokens(calibration, raw) > window * 0.8) {
        raw = Math.floor((window * 0.48) / factorOf(calibration));
        compactions += 1;
        expect(predictTokens(calibration, raw)).toBeLessThan(window * 0.8);
      }
      highest = Math.max(highest, raw);
      calibration = calibrate(calibration, raw, highest);
      raw += 5000;
    }
    // An honest server's history needs one in seven turns.
    expect(compactions).toBeLessThanOrEqual(400 / 6);
  });
});
