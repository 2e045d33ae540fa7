import { readable } from '../connectors/names.ts';
import { number } from '../connectors/records.ts';

const LINE = 200;
const PHONE = /(?:\+33 ?|0)[1-9](?:[ .-]?\d\d){4}/g;

/**
 * The fields of one record as a shape may read them: by name, one by one. Nothing of a record reaches a pack but through
 * here, so a field nobody named (a declarant, a project's bearer, a mailbox) cannot.
 */
export class Fields {
	#fields: Readonly<Record<string, unknown>>;

	constructor(fields: Readonly<Record<string, unknown>>) {
		this.#fields = fields;
	}

	/** The first of these fields that says something, in one line. One with an `@` says nothing: it may be a mailbox. */
	text(...names: readonly string[]): string | undefined {
		for (const name of names) {
			const value = this.#fields[name];
			if (typeof value !== 'string' && typeof value !== 'number') continue;
			const line = String(value)
				.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
				.trim()
				.slice(0, LINE);
			if (line !== '' && !line.includes('@')) return line;
		}
		return undefined;
	}

	/** A name or an address as people write it, where the source has capitals only. */
	words(...names: readonly string[]): string | undefined {
		const line = this.text(...names);
		return line && readable(line.replace(/ - (?=\p{Lu}+$)/u, '-').replace(/(\b[LD])' /g, "$1'"));
	}

	/** The telephone numbers of a field, without what else is written there. */
	phone(...names: readonly string[]): string | undefined {
		const found = this.text(...names)?.match(PHONE);
		return found ? found.join(', ') : undefined;
	}

	/** The first address of the web in a field; `https://` where the source leaves it out. */
	site(...names: readonly string[]): string | undefined {
		const [first = ''] = this.text(...names)?.split(' ') ?? [];
		const address = /^https?:\/\//i.test(first) ? first : `https://${first}`;
		if (first === '' || !URL.canParse(address)) return undefined;
		const { href, hostname, username } = new URL(address);
		return /[a-z0-9]\.[a-z]{2,}$/.test(hostname) && username === '' ? href : undefined;
	}

	/** A day of the calendar, `YYYY-MM-DD`, from a day or a date-time. */
	day(...names: readonly string[]): string | undefined {
		const text = this.text(...names);
		const iso = /^(\d{4}-\d{2}-\d{2})(?!\d)/.exec(text ?? '')?.[1];
		const french = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text ?? '');
		const said = iso ?? (french ? `${french[3]}-${french[2]}-${french[1]}` : undefined);
		return said !== undefined && !Number.isNaN(Date.parse(said)) ? said : undefined;
	}

	/** Five digits. Sources write 31000.0, -9999, or the commune's INSEE code, which is no postal code and ends otherwise. */
	postcode(...names: readonly string[]): string | undefined {
		const value = number(this.text(...names));
		const code = value === undefined ? '' : String(Math.trunc(value)).padStart(5, '0');
		return /^\d{4}0$/.test(code) ? code : undefined;
	}

	/** Street, postal code and commune in one line. */
	address(street: string | undefined, codes: readonly string[], communes: readonly string[]) {
		const code = this.postcode(...codes);
		const commune = this.words(...communes);
		const town = [code, commune].filter((word) => word !== undefined).join(' ');
		const parts = [street, town].filter((word) => word !== undefined && word !== '');
		return parts.length > 0 ? parts.join(', ').slice(0, LINE) : undefined;
	}
}
