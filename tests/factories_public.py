"""A visitor's answers to the five steps of an application, given page by page."""

from django.urls import reverse

from goldenthread.people.models import School

YOU = {"name": "Amara Ñandú", "email": "amara@example.org"}
ROLE = {"role_status": "aspiring", "scope": ["key stage"]}
STUDY = {
    "delivery_model": "blended",
    "zone": "Asia/Dubai",
    "discussed_role": "",
    "discussed_name": "",
    "discussed_on": "",
}


def at(intake, step):
    return reverse("public:apply_step", args=[intake.pk, step])


def fill(client, intake, *, you=YOU, role=ROLE, school=None, study=STUDY):
    """Answer the four steps; returns the last response."""
    dubai = School.objects.filter(name__startswith="Golden Palm").first()
    for step, data in {
        "you": you,
        "role": role,
        "school": school or {"school": str(dubai.pk), "q": "palm"},
        "study": study,
    }.items():
        response = client.post(at(intake, step), data)
        assert response.status_code == 302, (step, response.context["form"].errors)
    return response


def to_school(client, intake):
    client.post(at(intake, "you"), YOU)
    client.post(at(intake, "role"), ROLE)
