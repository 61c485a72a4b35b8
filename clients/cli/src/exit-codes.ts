/** How the command ends, for scripts. The guide and `tenantry --help` list the same. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  noAccess: 3,
  notFound: 4,
  refused: 5,
  unavailable: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, as `--help` prints it. */
export const exitCodesHelp = `Exit codes:
  0    done
  1    something unexpected
  2    wrong usage
  3    not logged in, or not allowed
  4    not found
  5    refused: a value is not possible, or a rule forbids it
  6    the service cannot be reached or is busy; try again later
  130  ended by Ctrl-C`;
