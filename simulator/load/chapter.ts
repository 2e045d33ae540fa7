import { KINDS } from './kinds.ts';
import type { PromiseName } from './promises.ts';
import { figure, searchOf, type Results, type SearchResult, type Searched } from './results.ts';
import { gains } from './limits.ts';

const n = (value: number) =>
	Math.round(value).toLocaleString('fr-FR').replaceAll('\u202f', '\u00a0');
const decimal = (value: number) => value.toFixed(2).replace('.', ',');

const NAMES: Record<Searched, string> = {
	readings: 'mesures par seconde',
	phones: 'téléphones',
	history: 'requêtes d’historique par seconde',
	direct: 'mesures par seconde'
};
const GIVES: Record<PromiseName, string> = {
	stored: 'des mesures acquittées ne sont pas écrites à temps',
	queryable: 'une mesure met plus de 1,5 s à se lire par HTTP',
	quiet: 'une mesure met plus de 250 ms à gagner un téléphone',
	frames: 'une trame met plus de 250 ms à gagner un téléphone',
	puback: 'l’accusé de réception prend plus de 1 s',
	history: '24 h d’un capteur prennent plus de 50 ms',
	phones: 'des téléphones n’entrent plus',
	answers: 'des requêtes restent sans réponse',
	pace: 'les capteurs ne peuvent plus tenir la cadence'
};
const PARTS: [string, string][] = [
	['mosquitto', 'Mosquitto'],
	['influxdb', 'InfluxDB'],
	['intake', 'intake'],
	['frames', 'trames'],
	['districts', 'quartiers'],
	['web', 'web'],
	['nginx', 'nginx'],
	['load', 'la charge elle-même']
];

const gives = ({ first, broke, what }: SearchResult) =>
	broke
		? `${first.map((name) => GIVES[name]).join(' ; ')} (à ${n(broke.level)} ${KINDS[what].unit === 'clients' ? (broke.level > 1 ? 'clients' : 'client') : NAMES[what]})`
		: 'rien avant la fin de l’essai';
const shape = ({ intakes, webs }: SearchResult) =>
	`${intakes} intake${intakes > 1 ? 's' : ''}, ${webs} web`;
const day = (date: string) =>
	new Date(date).toLocaleDateString('fr-FR', {
		day: 'numeric',
		month: 'long',
		year: 'numeric',
		timeZone: 'Europe/Paris'
	});

/** The chapter of the report on limits, in French, from the same figures as \`docs/limits.md\`. */
export function chapter(results: Results): string {
	const { machine, searches } = results;
	const whole = searches.filter(({ what }) => what !== 'direct');
	const direct = searchOf(results, 'direct', 0, 0);
	const base = searchOf(results, 'readings');
	const used = base?.held?.used ?? base?.broke?.used ?? {};
	const found = gains(results);
	return `# La charge admise

Ce chapitre et ses figures sont écrits par \`npm run load\`, le ${day(results.date)}, sur ${machine.cores} cœurs (${machine.cpu}), ${machine.memoryGiB.toLocaleString('fr-FR')} Gio.
${results.quick ? '\n**Essai court, avec une petite charge : il montre que la recherche marche et ne mesure rien.**\n' : ''}
## Jusqu’où les promesses tiennent

Mosquitto (TLS), InfluxDB et nginx partent des fichiers livrés ; chaque service a son processus. ${n(results.devices)} capteurs, chacun avec son mot de passe,
envoient à cadence fixe ; les téléphones passent par nginx. On double la charge jusqu’à ce qu’une promesse casse, puis on coupe
l’intervalle en deux, deux fois. La charge tourne sur les mêmes cœurs : sur des machines à part, chaque partie tient davantage.

| recherche | forme | tout tient jusqu’à | ce qui cède d’abord |
| --- | --- | --- | --- |
${whole.map((each) => `| ${NAMES[each.what]} | ${shape(each)} | ${n(figure(each))} | ${gives(each)} |`).join('\n')}

![Mesures par seconde, latences (p99) et processeur](charge.svg)

À la plus forte cadence qui tient${base ? ` (${n(base.edge)} mesures par seconde)` : ''} :

| partie | cœurs | mémoire (Mio) |
| --- | --- | --- |
${PARTS.flatMap(([name, words]) => {
	const of = used[name];
	return of ? [`| ${words} | ${decimal(of.cores)} | ${n(of.mib)} |`] : [];
}).join('\n')}

Mosquitto seul, avec un abonné et sans rien écrire : ${direct ? `${n(direct.edge)} mesures par seconde` : 'non mesuré'}.

## Grandir

${
	found.length > 0
		? found
				.map(
					({ what, part, times }) =>
						`- Un second processus ${part === 'intake' ? 'intake' : 'web'} : × ${decimal(times)} (${NAMES[what]}).`
				)
				.join('\n')
		: 'Aucun gain mesuré dans cet essai.'
}

Quand les cœurs sont déjà pleins, un processus de plus ne gagne rien : il faut d’abord donner une machine à la partie qui en prend le
plus, ce qui est une adresse à changer. Le plan de la ville à la région (broker en grappe, abonnements partagés, InfluxDB et PostgreSQL
répliqués) et le calcul pour dix fois Toulouse sont dans \`docs/limits.md\`.
`;
}
