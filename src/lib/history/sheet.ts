/** What the sheet « Il y a… » is told. */
export interface SheetProps {
	now: number;
	/** There is no network to ask for another hour. */
	offline: boolean;
	/** The query of the page's address: what else it says is kept. */
	search: string;
	/** A moment was chosen. */
	onchosen: () => void;
}
