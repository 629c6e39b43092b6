import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { render } from "@/test/render";
import { DataTable } from "./data-table";

const rows = Array.from({ length: 500 }, (_, index) => `row ${index}`);
const columns = [{ key: "name", header: "Name", cell: (row: string) => row }];
const twoColumns = [...columns, { key: "more", header: "More", wideOnly: true, cell: () => "more" }];

it("renders the visible rows only, and announces the number of all rows", () => {
  render(<DataTable label="Names" columns={columns} rows={rows} rowKey={(row) => row} rowHeight={40} />);
  expect(screen.getByRole("rowheader", { name: "row 0" })).toBeInTheDocument();
  expect(screen.queryByRole("rowheader", { name: "row 400" })).not.toBeInTheDocument();
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "501");
});

it("lays out the visible columns only, above and below the visible rows too", () => {
  const { container } = render(
    <DataTable label="Names" columns={twoColumns} rows={rows} rowKey={(row) => row} rowHeight={40} />,
  );
  const cells = [...container.querySelectorAll("td, th")] as HTMLTableCellElement[];
  expect(container.querySelectorAll("tr[aria-hidden]").length).toBeGreaterThan(0);
  expect(cells.map(({ colSpan }) => colSpan).filter((span) => span !== 1)).toEqual([]);
});
