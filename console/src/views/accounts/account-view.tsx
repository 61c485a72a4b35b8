export const AccountView = () => null;
