/** What the sheet « Il y a… » is told. */
export interface SheetProps {
	now: number;
	/** There is no network to ask for another hour. */
	offline: boolean;
	/** The query of the page's address: what else it says is kept. */
	search: string;
	/** What was already chosen on the server's sheet, which this one takes the place of. */
	chosen: { day?: string; hour?: number };
	/** A moment was chosen. */
	onchosen: () => void;
}
