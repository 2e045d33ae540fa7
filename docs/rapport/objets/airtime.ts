/** What LoRaWAN adds to what the device says: MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4. */
export const LORAWAN_OVERHEAD = 13;
/** Share of an hour a device may speak in the 868,0–868,6 MHz band (EU868). */
export const DUTY_CYCLE = 0.01;
/** Largest application payload EU868 allows at a spreading factor, without options in the header. */
export const LARGEST: Readonly<Record<number, number>> = { 7: 222, 10: 51, 12: 51 };

const BANDWIDTH = 125_000;
const PREAMBLE_SYMBOLS = 8;
const CODING_RATE = 1; // 4/5

/** How long one symbol lasts, in seconds. */
export const symbol = (sf: number): number => 2 ** sf / BANDWIDTH;

/**
 * How long an uplink of `payload` application bytes holds the air, in seconds, by the formula of Semtech's AN1200.13:
 * 125 kHz, coding rate 4/5, explicit header, checksum, and low data rate optimisation from SF11 on.
 */
export function airtime(payload: number, sf: number): number {
	const bytes = payload + LORAWAN_OVERHEAD;
	const lowRate = sf >= 11 ? 1 : 0;
	const blocks = Math.ceil((8 * bytes - 4 * sf + 28 + 16) / (4 * (sf - 2 * lowRate)));
	const symbols = 8 + Math.max(blocks * (CODING_RATE + 4), 0);
	return (PREAMBLE_SYMBOLS + 4.25 + symbols) * symbol(sf);
}

/** How many such messages an hour the duty cycle allows. */
export const perHour = (payload: number, sf: number): number =>
	Math.floor((3600 * DUTY_CYCLE) / airtime(payload, sf));
