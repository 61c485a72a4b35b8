import { sells } from "../../domain/terms/levels.ts";
import type { Device } from "../../domain/devices/device.ts";
import { type BranchListPosition, listOverBranch } from "../hierarchy/lists/over-branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { deviceKey } from "../table/keys.ts";
import { listDevices } from "./device-lists.ts";

/** The devices of all customers of the caller's branch. */
export const branchDeviceStore = (context: StoreContext) => ({
  /** `listOverBranch` for devices: those of each customer account by account. @throws DomainError not_found */
  async list(topId: string, limit: number, position: BranchListPosition | null) {
    const { found, next } = await listOverBranch<Device>(
      context,
      async (chain, after, want) => {
        if (sells(chain[0].level)) return [];
        const { devices } = await listDevices(context, { customerId: chain[0].id }, {}, want, after ?? null);
        return devices.map((value) => ({ value, at: deviceKey(chain[0].id, value.accountId, value.id).sk }));
      },
      topId,
      limit,
      position,
    );
    return { devices: found, next };
  },
});
