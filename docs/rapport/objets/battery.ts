import { airtime, symbol } from './airtime.ts';

/** What is assumed of a device on batteries; docs/objets.md says it in words. Currents in mA, times in s. */
export const BATTERY = {
	/** Two lithium AA cells in series: mAh, and the share of it a device really gets out. */
	capacity: 3_000,
	usable: 0.8,
	/** Share lost each year by the cells themselves. */
	selfDischarge: 0.01,
	sleep: 0.01,
	transmit: 45,
	receive: 11,
	/** Symbols each of the two receive windows is held open. */
	windowSymbols: 8,
	awake: 5,
	awakeSeconds: 0.1
} as const;

/** Above this the cell's age decides, not what is drawn from it. */
export const OLDEST_YEARS = 10;

/** Years on those cells of a device that says `payload` bytes each `period` seconds, a measure costing `measure` mA·s. */
export function years(payload: number, sf: number, period: number, measure: number): number {
	const b = BATTERY;
	const each =
		b.transmit * airtime(payload, sf) +
		b.receive * 2 * b.windowSymbols * symbol(sf) +
		b.awake * b.awakeSeconds +
		measure;
	const hours = 24 * 365.25;
	const yearly = (b.sleep + each / period) * hours + b.capacity * b.selfDischarge;
	return (b.capacity * b.usable) / yearly;
}
