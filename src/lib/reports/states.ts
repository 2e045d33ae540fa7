import type { Text } from '../text.ts';

/** Where a report stands. */
export const STATES = [
	'received',
	'acknowledged',
	'planned',
	'in_progress',
	'reopened',
	'fixed',
	'closed_not_ours',
	'closed_no_action',
	'duplicate'
] as const;

export type ReportState = (typeof STATES)[number];

/** Open311's two words, and the choice of the list. */
export type ReportStatus = 'open' | 'closed';

interface StateWords {
	status: ReportStatus;
	/** Two words for a badge. */
	name: Text;
	/** One sentence: what it means for the person. */
	says: Text;
}

/** What each state is called and means. */
export const states: Readonly<Record<ReportState, StateWords>> = {
	received: {
		status: 'open',
		name: { fr: 'Reçu', en: 'Received' },
		says: { fr: 'Le signalement est arrivé.', en: 'The report has arrived.' }
	},
	acknowledged: {
		status: 'open',
		name: { fr: 'Pris en compte', en: 'Acknowledged' },
		says: { fr: 'Le service compétent l’a lu.', en: 'The team in charge has read it.' }
	},
	planned: {
		status: 'open',
		name: { fr: 'Prévu', en: 'Planned' },
		says: { fr: 'Une intervention est prévue.', en: 'Work is planned.' }
	},
	in_progress: {
		status: 'open',
		name: { fr: 'En cours', en: 'In progress' },
		says: { fr: 'Une équipe s’en occupe.', en: 'A team is on it.' }
	},
	reopened: {
		status: 'open',
		name: { fr: 'Rouvert', en: 'Reopened' },
		says: {
			fr: 'Il avait été fermé ; il est de nouveau ouvert.',
			en: 'It had been closed; it is open again.'
		}
	},
	fixed: {
		status: 'closed',
		name: { fr: 'Réparé', en: 'Fixed' },
		says: { fr: 'Le problème est réglé.', en: 'The problem is fixed.' }
	},
	closed_not_ours: {
		status: 'closed',
		name: { fr: 'Pas de notre ressort', en: 'Not ours' },
		says: {
			fr: 'Ce n’est pas la collectivité qui peut agir ici.',
			en: 'It is not for the city to act here.'
		}
	},
	closed_no_action: {
		status: 'closed',
		name: { fr: 'Sans suite', en: 'No action' },
		says: {
			fr: 'Rien ne sera fait ; la raison est dite.',
			en: 'Nothing will be done; the reason is told.'
		}
	},
	duplicate: {
		status: 'closed',
		name: { fr: 'Déjà signalé', en: 'Already reported' },
		says: { fr: 'Un autre signalement dit la même chose.', en: 'Another report says the same.' }
	}
};

export const isState = (text: string): text is ReportState => Object.hasOwn(states, text);

export const statusOf = (state: ReportState): ReportStatus => states[state].status;

/** After this long a closed report can no longer be contested: tell it anew. */
export const CONTEST_DAYS = 30;

/** One line of the public timeline. */
export interface TimelineEvent {
	/** RFC 3339. */
	at: string;
	kind: 'state' | 'contested';
	state: ReportState;
	/** Why, in the words of the city. */
	reason: string | null;
	/** When the next step is expected, RFC 3339. */
	expectedAt: string | null;
}

/** What anyone may read of a report: `properties` of its Feature. Nothing personal, nothing unchecked. */
export interface PublicReport {
	id: string;
	category: string;
	answers: Record<string, string | string[]>;
	description: string;
	address: string | null;
	/** The place it was made from, and what that said then. */
	entity: { id: string; values: Record<string, unknown> } | null;
	state: ReportState;
	status: ReportStatus;
	reason: string | null;
	expectedAt: string | null;
	receivedAt: string;
	updatedAt: string;
	closedAt: string | null;
	duplicateOf: string | null;
	agency: string;
	/** Paths of its photos. */
	photos: string[];
	/** Path of the first of them. */
	image: string | null;
	/** How many other people said « c’est aussi mon cas ». */
	confirmations: number;
	/** Until when it may be contested; null while it is open. */
	contestUntil: string | null;
	/** Only among one's own (`mine=true`): whether the public may read it. */
	visibility?: 'unchecked' | 'published' | 'hidden';
	/** Where one report is asked for, or one's own. */
	timeline?: TimelineEvent[];
}

export interface ReportFeature {
	type: 'Feature';
	id: string;
	geometry: { type: 'Point'; coordinates: [number, number] } | null;
	properties: PublicReport;
}
