/** What Prometheus itself makes: no service tells it. */
const OWN = new Set(['up', 'ALERTS', 'scrape_duration_seconds']);
/** Words of the language that are followed by neither a bracket nor a brace. */
const WORDS = new Set(
	'by without on ignoring group_left group_right bool and or unless offset le'.split(' ')
);

/** The figures that a PromQL expression asks for, without their labels, and without those Prometheus makes itself. */
export function metricNames(expr: string): string[] {
	const bare = expr
		.replace(/"(\\.|[^"\\])*"/g, '""')
		.replace(/\{[^}]*\}/g, ' ')
		.replace(/\[[^\]]*\]/g, ' ')
		.replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
	const names = [...bare.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)].map(([name]) => name);
	return [...new Set(names)].filter(
		(name) => !OWN.has(name) && !WORDS.has(name) && !/^e\d+$/.test(name)
	);
}
