// node docs/rapport/figures.ts: works the figures of docs/objets.md and of the tests out again and writes them between their marks.
import fs from 'node:fs';
import path from 'node:path';
import { testCounts } from './counts.ts';
import { airtime, LARGEST, perHour } from './objets/airtime.ts';
import { OLDEST_YEARS, years } from './objets/battery.ts';
import { deviceFigures, PLANNED_WASTE, spoken, type DeviceFigures } from './objets/devices.ts';
import { coapBytes, httpBytes, mqttBytes } from './objets/sizes.ts';

const SPREADING = [7, 10, 12];

const digits = (value: number, decimals = 0): string =>
	value
		.toLocaleString('fr-FR', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
		.replaceAll('\u202f', '\u00a0');
const table = (head: string[], rows: string[][]): string =>
	[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The bytes of each layer's message: as JSON, as CBOR, packed. */
const messages = (devices: DeviceFigures[]): string =>
	table(
		[
			'couche',
			'période',
			'JSON complet : plus court, médian, plus long',
			'JSON sans nom ni lieu',
			'le même en CBOR',
			'binaire LoRaWAN'
		],
		devices.map((d) => [
			d.title,
			spoken(d.period),
			d.json.map((n) => digits(n)).join(', '),
			...[d.patch, d.cbor, d.packed].map((n) => digits(n))
		])
	);

/** Time on air and messages an hour at each spreading factor. */
const radio = (devices: DeviceFigures[]): string =>
	table(
		[
			'couche',
			'octets',
			...SPREADING.map((sf) => `SF${sf} : ms ; messages/h`),
			'demandés/h',
			'tient à'
		],
		[...devices, PLANNED_WASTE].map(({ title, packed, period }) => {
			const asked = 3600 / period;
			const holds = SPREADING.filter((sf) => perHour(packed, sf) >= asked);
			return [
				title,
				digits(packed),
				...SPREADING.map(
					(sf) => `${digits(airtime(packed, sf) * 1000, 1)} ; ${digits(perHour(packed, sf))}`
				),
				digits(asked, asked < 1 ? 2 : 0),
				holds.map((sf) => `SF${sf}`).join(', ') || 'aucun'
			];
		})
	);

/** Years on the assumed cells at each spreading factor; a dash where the duty cycle forbids that pace. */
const batteries = (devices: DeviceFigures[]): string =>
	table(
		['couche', 'une mesure coûte', ...SPREADING.map((sf) => `années à SF${sf}`)],
		[...devices, PLANNED_WASTE].map(({ title, packed, period, measure }) => [
			title,
			`${digits(measure)} mA·s`,
			...SPREADING.map((sf) => {
				if (perHour(packed, sf) < 3600 / period) return '–';
				const life = years(packed, sf, period, measure);
				return life > OLDEST_YEARS ? `plus de ${OLDEST_YEARS}` : digits(life, life < 1 ? 2 : 1);
			})
		])
	);

/** What one bike message weighs on the wire by each protocol. */
function protocols(devices: DeviceFigures[]): string {
	const bike = devices.find(({ layer }) => layer === 'bike');
	if (!bike) throw new Error('no bike layer');
	const { patch, cbor, packed, id, layer, topic } = bike;
	return table(
		['le même message vélo', 'octets, sans TCP, TLS ni UDP'],
		[
			['MQTT 3.1.1, QoS 1, JSON, connexion déjà ouverte', digits(mqttBytes(topic, patch))],
			['HTTP/1.1 POST, JSON (en-têtes de curl)', digits(httpBytes(id, layer, patch))],
			['CoAP POST confirmable, JSON', digits(coapBytes(id, layer, patch))],
			['CoAP POST confirmable, CBOR', digits(coapBytes(id, layer, cbor))],
			['LoRaWAN, binaire, en-tête compris', digits(packed + 13)]
		]
	);
}

/** Whether the JSON message would fit a LoRaWAN frame. */
function fits(devices: DeviceFigures[]): string {
	const shortest = Math.min(...devices.map(({ patch }) => patch));
	return `Le plus court de nos messages JSON sans nom ni lieu fait ${digits(shortest)} octets ; une trame en porte au plus ${LARGEST[12]} à SF10 et SF12, ${LARGEST[7]} à SF7.`;
}

/** A message of each layer, as the simulator says it. */
const examples = (devices: DeviceFigures[]): string =>
	['```', ...devices.map(({ topic, example }) => `${topic}\n${example}`), '```'].join('\n');

/** How many tests there are, as written. */
const tests = (): string =>
	table(
		['essais', 'fichiers', 'tests écrits'],
		testCounts().map(({ kind, files, tests }) => [kind, digits(files), digits(tests)])
	);

/** Puts each figure between its marks `<!-- chiffres: name -->` and `<!-- fin -->`. */
export function withFigures(text: string): string {
	const devices = deviceFigures();
	const blocks: Record<string, () => string> = {
		messages: () => messages(devices),
		radio: () => radio(devices),
		piles: () => batteries(devices),
		protocoles: () => protocols(devices),
		trame: () => fits(devices),
		exemples: () => examples(devices),
		essais: tests
	};
	return text.replace(
		/(<!-- chiffres: (\w+) -->\n\n)[^]*?(\n\n<!-- fin -->)/g,
		(_, open, name, close) => {
			const block = blocks[String(name)];
			if (!block) throw new Error(`there are no figures named ${String(name)}`);
			return `${String(open)}${block()}${String(close)}`;
		}
	);
}

if (process.argv[1] === import.meta.filename)
	for (const name of ['../objets.md', '14-essais.md']) {
		const file = path.resolve(import.meta.dirname, name);
		fs.writeFileSync(file, withFigures(fs.readFileSync(file, 'utf8')));
	}
