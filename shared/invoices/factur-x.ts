import type PDFDocument from "pdfkit";

/** What a reader of PDF/A has to know about the fields by which Factur-X names its file (Factur-X 1.0, 6.3.2). */
const schema = `
        <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
            <pdfaExtension:schemas>
                <rdf:Bag>
                    <rdf:li rdf:parseType="Resource">
                        <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
                        <pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
                        <pdfaSchema:prefix>fx</pdfaSchema:prefix>
                        <pdfaSchema:property>
                            <rdf:Seq>${["DocumentFileName", "DocumentType", "Version", "ConformanceLevel"]
                              .map(
                                (name) => `
                                <rdf:li rdf:parseType="Resource">
                                    <pdfaProperty:name>${name}</pdfaProperty:name>
                                    <pdfaProperty:valueType>Text</pdfaProperty:valueType>
                                    <pdfaProperty:category>external</pdfaProperty:category>
                                    <pdfaProperty:description>${name} of the embedded invoice</pdfaProperty:description>
                                </rdf:li>`,
                              )
                              .join("")}
                            </rdf:Seq>
                        </pdfaSchema:property>
                    </rdf:li>
                </rdf:Bag>
            </pdfaExtension:schemas>
        </rdf:Description>
        <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
            <fx:DocumentType>INVOICE</fx:DocumentType>
            <fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
            <fx:Version>1.0</fx:Version>
            <fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
        </rdf:Description>
`;

/** Embeds an invoice as CII XML in a PDF/A-3 document, and says so in its metadata: Factur-X, and ZUGFeRD from version 2.1 on. */
export function facturX(doc: InstanceType<typeof PDFDocument>, cii: string, issued: Date): void {
  const attachment = {
    name: "factur-x.xml",
    type: "text/xml",
    description: "Factur-X",
    relationship: "Alternative",
    creationDate: issued,
    modifiedDate: issued,
  };
  doc.file(Buffer.from(cii), attachment);
  // pdfkit has it, and its types do not.
  (doc as unknown as { appendXML: (xml: string) => void }).appendXML(schema);
}
