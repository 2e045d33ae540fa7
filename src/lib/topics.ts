/** Every topic of the public contract starts so; a change that breaks readers gets a new version here. */
export const PREFIX = 'capitoul/v1';

export const topics = {
	raw: (layer: string, id: string) => `${PREFIX}/raw/${layer}/${id}`,
	state: (layer: string, id: string) => `${PREFIX}/state/${layer}/${id}`,
	live: (layer: string, cell: string) => `${PREFIX}/live/${layer}/${cell}`,
	/** One filter per cell of a view: every live layer of that cell. */
	liveCell: (cell: string) => `${PREFIX}/live/+/${cell}`,
	district: (layer: string, id: string) => `${PREFIX}/district/${layer}/${id}`,
	status: (service: string, instance: string) => `${PREFIX}/service/${service}-${instance}/status`,
	alert: (id: string) => `${PREFIX}/alert/${id}`,
	dead: (layer: string) => `${PREFIX}/dead/${layer}`
} as const;

/** The levels of a topic after the prefix, or undefined outside it. */
export function levels(topic: string): string[] | undefined {
	return topic.startsWith(`${PREFIX}/`) ? topic.slice(PREFIX.length + 1).split('/') : undefined;
}
