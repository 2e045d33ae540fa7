import { categories, CATEGORIES_CHANGED, categoryOf } from '../../src/lib/reports/categories.ts';
import type { Category } from '../../src/lib/reports/category.ts';
import { Open311Error, type Value } from './answer.ts';

/** The one jurisdiction served, by each of the names it goes by. Passing it is optional. */
const JURISDICTIONS = ['toulouse.fr', 'toulouse-metropole.fr'];

/** Throws where a jurisdiction is named that is not ours. Empty is the same as absent. */
export function checkJurisdiction(id: string | undefined): void {
	if (id && !JURISDICTIONS.includes(id))
		throw new Open311Error(404, `jurisdiction_id ${id} was not found`);
}

/** What can be reported. */
export const services = (): Value =>
	categories.map(({ id, title, description, keywords, group, questions }) => ({
		service_code: id,
		service_name: title.fr,
		description: description.fr,
		metadata: questions.length > 0,
		type: 'realtime',
		keywords: keywords.join(','),
		group: group.fr
	}));

/** The category of a service code. Throws 404 for none of ours. */
export function serviceOf(code: string): Category {
	const category = categoryOf(code);
	if (!category) throw new Open311Error(404, `service_code ${code} was not found`);
	return category;
}

/** The questions of a service. */
export function definition(code: string): Value {
	const { id, questions } = serviceOf(code);
	return {
		service_code: id,
		attributes: questions.map((question) => ({
			variable: question.variable,
			code: question.code,
			datatype: question.datatype,
			required: question.required,
			datatype_description: question.hint?.fr ?? null,
			order: question.order,
			description: question.description.fr,
			values: (question.values ?? []).map(({ key, name }) => ({ key, name: name.fr }))
		}))
	};
}

/** Where the service is and what it speaks. */
export const discovery = (origin: string): Value => ({
	changeset: CATEGORIES_CHANGED,
	contact: `Capitoul, Toulouse : ${origin}/a-propos`,
	key_service: `Une clé (api_key) est donnée par l’équipe qui tient ce service : ${origin}/a-propos`,
	endpoints: [
		{
			specification: 'http://wiki.open311.org/GeoReport_v2',
			url: `${origin}/open311/v2/`,
			changeset: CATEGORIES_CHANGED,
			type: 'production',
			formats: ['text/xml', 'application/json']
		}
	]
});
