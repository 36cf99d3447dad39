"""File storage in an S3 bucket: private objects that leave through our own pages and nowhere else."""

from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage


class BucketStorage(S3Storage):  # type: ignore[misc]
    """Objects under their content's hash; a second write of the same content replaces it with itself."""

    def get_default_settings(self) -> dict[str, Any]:
        """Private, and quick to give up: a person waits for the answer."""
        return {
            **super().get_default_settings(),
            "default_acl": "private",
            "file_overwrite": True,
            "querystring_auth": True,
            "client_config": Config(
                connect_timeout=5, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"}
            ),
        }

    def url(self, name: str | None, *args: Any, **options: Any) -> str:
        """There is none: an address of the bucket, signed or not, would serve whoever learns it."""
        raise NotImplementedError("Files are sent by our own pages, which know who may have them.")

    def fault(self) -> str | None:
        """Why files can't be kept in this bucket, in a line that says what to do; None when they can."""
        place = f"the bucket {self.bucket_name!r}" + (f" at {self.endpoint_url}" if self.endpoint_url else "")
        try:
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except ClientError as answer:
            status = answer.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status == 404:
                return f"GOLDENTHREAD_S3_BUCKET: {place} is not there: make it, or name another"
            if status in {400, 401, 403}:
                return (
                    f"GOLDENTHREAD_S3_BUCKET: {place} refuses these credentials: check them and their rights"
                )
            return f"GOLDENTHREAD_S3_BUCKET: {place} answered {status}"
        except (BotoCoreError, ValueError) as reason:
            return f"GOLDENTHREAD_S3_ENDPOINT: {place} can't be reached: {reason}"
        return None
