// The register as tables: strict CSV, every fault by line and column, and nothing entered where one is wrong.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseCsv, writeCsv } from "../../server/adapters/register/csv.ts";
import { readTable } from "../../server/adapters/register/table.ts";
import { admin, openTenants, type Tenants } from "../support/tenants.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const head = "id,enterprise,name_zh,name_en,county,town,sector,lng,lat";
const row = "pond-1,works-1,一号库（演示）,Pond 1,haifeng,城东镇,tailings,115.3,22.9";

function faultsOf(kind: "enterprises" | "sites" | "devices", text: string | Buffer): readonly string[] {
  const table = readTable(kind, typeof text === "string" ? bytes(text) : text);
  return table.ok ? [] : table.faults;
}

describe("a table", () => {
  it("may have quotes, quoted line ends, CRLF or LF, and empty lines", () => {
    expect(parseCsv('a,"b, ""c""\nd"\r\n\ne,')).toEqual({
      ok: true,
      rows: [
        { line: 1, cells: ["a", 'b, "c"\nd'] },
        { line: 4, cells: ["e", ""] },
      ],
    });
  });

  it.each([
    ['a,b\nc,d"e\n', "line 2, column 2: a quote within a cell that does not begin with one"],
    ['a\n"b', "line 2, column 1: a quote that is never closed"],
    ['a\n"b"c,d', "line 2, column 1: a comma or the end of the line is missing behind the cell"],
    ["a\rb", "line 1, column 1: a carriage return without a line feed"],
  ])("%j is refused", (text, fault) => {
    expect(parseCsv(text)).toEqual({ ok: false, faults: [fault] });
  });

  it("is read with and without a byte order mark, its columns in any order", () => {
    const table = readTable("enterprises", bytes("\uFEFFname_en,id,name_zh\r\nWorks 9,works-9,某厂（演示）\r\n"));
    const entry = { id: "works-9", name: { zh: "某厂（演示）", en: "Works 9" } };
    expect(table).toEqual({ ok: true, rows: [{ line: 2, entry }] });
    expect(readTable("enterprises", bytes("id,name_zh,name_en\nworks-9,某厂（演示）,Works 9"))).toEqual(table);
  });

  it("that is not UTF-8, is empty, or has other columns is refused", () => {
    // GBK, as a Chinese spreadsheet saves a CSV when nobody tells it otherwise.
    expect(faultsOf("sites", Buffer.from([0xc4, 0xb3, 0xb3, 0xa7]))).toEqual(["the file is not UTF-8 text"]);
    expect(faultsOf("enterprises", "\n")).toEqual(["the first line must name the columns id, name_zh, name_en"]);
    expect(faultsOf("enterprises", "id,name_zh,colour,id\n")).toEqual([
      "line 1: the column name_en is missing",
      "line 1, column colour: is unknown",
      "line 1, column id: stands twice",
    ]);
  });

  it("names every fault by its line and column", () => {
    const bad = [head, row, "Pond 2,works-1,,Pond 2,haifeng,城东镇,tailings,east,91", "x,y", row].join("\n");
    const faults = faultsOf("sites", bad);
    for (const column of ["id", "name_zh", "lng", "lat"])
      expect(faults.some((fault) => fault.startsWith(`line 3, column ${column}: `))).toBe(true);
    expect(faults).toContain("line 4: 2 cells, 9 columns");
    expect(faults).toContain("line 5: pond-1 stands in line 2 already");
    expect(faults.some((fault) => fault.startsWith("line 2"))).toBe(false);
  });

  it("of devices names what JSON and numbers are broken", () => {
    const faults = faultsOf(
      "devices",
      'site,device,dialect,options,names,max_per_second\np,gw-1,morse,{,"{""a"":1}",0\np,gw-2,,,,\n',
    );
    expect(faults[0]).toBe(
      "line 2, column dialect: must be one of native, thingsboard, sparkplug, influx, hj212, json",
    );
    expect(faults.map((fault) => fault.split(":")[0])).toEqual([
      "line 2, column dialect",
      "line 2, column options",
      "line 2, column names",
      "line 2, column max_per_second",
    ]);
  });

  it("has 5,000 lines at most, and tells 200 faults at most", () => {
    const many = (count: number): string =>
      ["id,name_zh,name_en", ...Array.from({ length: count }, (_, i) => `w-${i},名,N`)].join("\n");
    expect(faultsOf("enterprises", many(5000))).toEqual([]);
    expect(faultsOf("enterprises", many(5001))).toEqual(["5001 lines: at most 5000 at once"]);
    const faults = faultsOf("enterprises", many(300).replaceAll("名", ""));
    expect(faults).toHaveLength(201);
    expect(faults.at(-1)).toBe("and 100 more");
  });

  it("that goes out is no formula for a spreadsheet, and comes in as it was", () => {
    const names = ["=1+1", "+1", "-1", "@x", 'a,"b"', "plain"];
    const text = writeCsv([["id", "name_zh", "name_en"], ...names.map((name, i) => [`w-${i}`, name, "N"])]);
    for (const line of text.split("\r\n")) expect(line).not.toMatch(/(?:^|,)"?[=+\-@]/);
    const table = readTable("enterprises", bytes(text));
    expect(table.ok && table.rows.map(({ entry }) => (entry as { name: { zh: string } }).name.zh)).toEqual(names);
    // A number is a number: a longitude in the west stays one.
    expect(writeCsv([[-115.3, "-115.3"]])).toBe("-115.3,'-115.3\r\n");
  });
});

describe("an import", () => {
  let tenants: Tenants;
  beforeEach(async () => {
    tenants = await openTenants();
  });
  afterEach(async () => {
    await tenants.close();
  });
  const sites = (): string[] => tenants.register.listRegisteredSites().map(({ id }) => id);

  it("enters every row, and writes each down", () => {
    const done = tenants.acts.importTable(
      "sites",
      bytes(`${head}\n${row}\n${row.replace("pond-1", "pond-2")}\n`),
      admin,
    );
    expect(done).toEqual({ ok: true, result: { entered: 2 } });
    expect(sites()).toEqual(["plant-a", "plant-b", "pond-1", "pond-2"]);
    expect(tenants.register.waitingAudits()).toMatchObject([
      { act: "site.add", target: "pond-1", before: null, after: { id: "pond-1", lng: 115.3 }, by: admin.by },
      { act: "site.add", target: "pond-2" },
    ]);
    expect(tenants.acts.exportTable("sites")).toContain(row);
  });

  it("enters nothing and writes nothing down where one row does not fit what is there", () => {
    const text = [head, row, row.replace("pond-1", "plant-a"), row.replace("pond-1,works-1", "pond-3,works-7")].join(
      "\n",
    );
    expect(tenants.acts.importTable("sites", bytes(text), admin)).toEqual({
      ok: false,
      code: "TABLE_INVALID",
      faults: ["line 3: plant-a: is in the register already", "line 4: pond-3: the enterprise is not in the register"],
    });
    expect(sites()).toEqual(["plant-a", "plant-b"]);
    expect(tenants.register.waitingAudits()).toEqual([]);
  });

  it("of devices enters them on trial, without a credential", () => {
    const text = 'site,device,dialect,options,names,max_per_second\nplant-a,gw-1,native,,"{""tag"":""LT-1""}",50\n';
    expect(tenants.acts.importTable("devices", bytes(text), admin).ok).toBe(true);
    const kept = { stage: "trial", names: { tag: "LT-1" }, maxPerSecond: 50, openedBecause: null };
    expect(tenants.register.listDevices()).toMatchObject([kept]);
    expect(tenants.register.listCredentials()).toEqual([]);
  });
});
