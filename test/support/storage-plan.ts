import { everyLocation, type StoragePlan } from "../../shared/domain/terms/storage-plan.ts";

/** An installation that has storage everywhere. */
export const storagePlan: StoragePlan = { stage: "test", account: "111122223333", locations: everyLocation() };
