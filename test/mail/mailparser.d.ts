// The package has no types of its own; these are the parts that the tests read.
declare module "mailparser" {
  interface AddressList {
    value: { name: string; address: string }[];
  }
  export function simpleParser(raw: Buffer): Promise<{
    subject?: string;
    messageId?: string;
    text?: string;
    html?: string | false;
    from?: AddressList;
    to?: AddressList;
    cc?: AddressList;
    bcc?: AddressList;
    attachments: { filename?: string; contentType: string; content: Buffer }[];
  }>;
}
