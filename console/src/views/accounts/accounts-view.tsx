export const AccountsView = () => null;
