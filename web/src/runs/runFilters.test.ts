import { describe, expect, it } from "vitest";
import { filtersOf, isNarrowed, paramsOf, type RunFilters, USUAL_SORT } from "./runFilters";

const USUAL: RunFilters = {
  text: "",
  pipeline: null,
  states: [],
  owner: null,
  scratch: "without",
  sort: USUAL_SORT,
};

describe("filters of runs", () => {
  it("leave the address alone while they are the usual ones", () => {
    expect(paramsOf(USUAL).toString()).toBe("");
    expect(filtersOf(new URLSearchParams())).toEqual(USUAL);
    expect(isNarrowed(USUAL)).toBe(false);
  });

  it("come back from the address as they were", () => {
    const filters: RunFilters = {
      text: "a & b",
      pipeline: "数字",
      states: ["running", "failed"],
      owner: "ada",
      scratch: "only",
      sort: { column: "metric:fit.valid/loss", order: "ascending" },
    };
    const address = paramsOf(filters).toString();
    expect(filtersOf(new URLSearchParams(address))).toEqual(filters);
    expect(isNarrowed(filters)).toBe(true);
  });

  it("take no notice of what makes no sense", () => {
    const params = new URLSearchParams("state=melted&state=failed&scratch=maybe&order=sideways");
    expect(filtersOf(params)).toEqual({ ...USUAL, states: ["failed"] });
  });
});
