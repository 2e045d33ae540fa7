/** Whether every topic that `filter` can match is also matched by `allowed`: [MQTT-4.7], level by level. */
export function covers(allowed: string, filter: string): boolean {
	const a = allowed.split('/');
	const f = filter.split('/');
	for (let i = 0; ; i++) {
		const want = a[i];
		const have = f[i];
		// « live/# » also matches « live » itself [4.7.1.2].
		if (want === '#') return i > 0 || !have?.startsWith('$');
		if (have === undefined) return want === undefined;
		if (want === undefined || have === '#') return false;
		if (want === '+') {
			if (i === 0 && have.startsWith('$')) return false;
			continue;
		}
		if (want !== have) return false;
	}
}

/** Whether a subscription to `filter` receives `topic`. Neither is checked for form. */
export const matches = (filter: string, topic: string) => covers(filter, topic);

/** Whether a topic filter is well formed: « # » last and alone in its level, « + » alone, nothing empty or null. */
export function isFilter(filter: string): boolean {
	if (filter === '' || filter.length > MAX_TOPIC || filter.includes('\0')) return false;
	const levels = filter.split('/');
	return (
		levels.length <= MAX_LEVELS &&
		levels.every(
			(level, i) =>
				level === '+' ||
				(level === '#' && i === levels.length - 1) ||
				(!level.includes('+') && !level.includes('#'))
		)
	);
}

/** Whether a topic may be published to. */
export const isTopic = (topic: string) =>
	isFilter(topic) && !topic.includes('+') && !topic.includes('#');

// Ours have five levels and 80 characters; what is far longer only costs us.
const MAX_LEVELS = 32;
const MAX_TOPIC = 1_024;
