"""The API's own description: OpenAPI 3.1, and pages to read it by."""

from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agencies.api.views import Answers


class SchemaView(Answers, SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML for those who ask for it."""

    renderer_classes = (OpenApiJsonRenderer2, OpenApiYamlRenderer)


class DocsView(Answers, SpectacularSwaggerSplitView):
    """The document as pages, from our own server, under our own Content-Security-Policy."""

    template_name = "api/docs.html"
