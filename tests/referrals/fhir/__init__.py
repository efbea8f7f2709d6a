"""FHIR, judged by the standard's own published definitions."""
