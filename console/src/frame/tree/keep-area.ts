/** The area that is open, to be opened for another customer too. */
export const areaIn = (pathname: string): string => /\/n\/[^/]+\/([^/]+)/.exec(pathname)?.[1] ?? "overview";
