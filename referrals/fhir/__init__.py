"""FHIR R4 over HTTP, in the manner of NHS BaRS: it translates, and the plain API judges."""
