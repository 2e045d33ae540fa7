import { createPrivateKey, sign, type KeyObject } from 'node:crypto';

/** A P-256 key pair as browsers and RFC 8292 write it: point and secret in base64url. */
export interface KeyPair {
	publicKey: string;
	privateKey: string;
}

/** RFC 8292, 2: at most 24 h. Half of it, so that a clock that is off does no harm. */
const LIFETIME_S = 12 * 3600;
/** Made anew when less is left. */
const MARGIN_S = 3600;

/** Proves to push services who sends: one signature per service and half day, not one per message. */
export class Vapid {
	readonly publicKey: string;
	#key: KeyObject;
	#subject: string;
	#clock: () => number;
	#made = new Map<string, { header: string; until: number }>();

	constructor({ publicKey, privateKey }: KeyPair, subject: string, clock: () => number) {
		const point = Buffer.from(publicKey, 'base64url');
		this.publicKey = publicKey;
		this.#key = createPrivateKey({
			format: 'jwk',
			key: {
				kty: 'EC',
				crv: 'P-256',
				x: point.subarray(1, 33).toString('base64url'),
				y: point.subarray(33).toString('base64url'),
				d: privateKey
			}
		});
		this.#subject = subject;
		this.#clock = clock;
	}

	/** The `Authorization` for an endpoint of this origin. */
	header(origin: string): string {
		const now = Math.floor(this.#clock() / 1000);
		const kept = this.#made.get(origin);
		if (kept && kept.until > now + MARGIN_S) return kept.header;
		const until = now + LIFETIME_S;
		const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
		const claims = `${part({ typ: 'JWT', alg: 'ES256' })}.${part({ aud: origin, exp: until, sub: this.#subject })}`;
		const signature = sign('sha256', Buffer.from(claims), {
			key: this.#key,
			dsaEncoding: 'ieee-p1363'
		}).toString('base64url');
		const header = `vapid t=${claims}.${signature}, k=${this.publicKey}`;
		this.#made.set(origin, { header, until });
		return header;
	}
}
