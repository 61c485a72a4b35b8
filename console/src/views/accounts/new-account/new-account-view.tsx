export const NewAccountView = () => null;
