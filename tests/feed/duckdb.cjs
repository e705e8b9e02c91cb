// duckdb.cjs MODULE STATEMENT...: run the statements in DuckDB, print each row as an array of JSON.
const { DuckDBInstance } = require(process.argv[2]);

(async () => {
	const db = await (await DuckDBInstance.create(":memory:")).connect();
	for (const statement of process.argv.slice(3)) {
		const answer = await db.runAndReadAll(statement);
		for (const row of answer.getRows())
			console.log(JSON.stringify(row, (_, value) => typeof value === "bigint" ? String(value) : value));
	}
})().catch((error) => {
	console.error(error.message);
	process.exit(1);
});
