import { choice } from '../../layers/define-layer.ts';

/** Whether someone in a wheelchair gets in, as the source says it; nothing is guessed. */
export const access = choice(
	{ fr: 'Fauteuil roulant', en: 'Wheelchair' },
	{
		yes: { fr: 'accessible', en: 'accessible' },
		no: { fr: 'non accessible', en: 'not accessible' },
		works: { fr: 'travaux d’accès en cours', en: 'access works under way' },
		planned: { fr: 'mise aux normes à l’étude', en: 'access being planned' },
		unknown: { fr: 'accès non précisé', en: 'access not stated' }
	}
);
