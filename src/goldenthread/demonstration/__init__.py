"""The demonstration provider: a cast, and participants spread over all versions and stages, made by people's own actions."""
