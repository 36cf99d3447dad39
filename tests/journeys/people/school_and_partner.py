"""Those who accompany a participant: the head teacher and the delivery partner, who see progress and no more."""

from tests.journeys.stage import Staff


class HeadTeacher(Staff):
    """Hana, who sees how her staff get on, and nothing of their assessment."""

    role, first_page = "Head teacher", "My staff"

    def sees_how_it_goes(self, name: str, *texts: str) -> None:
        self.signs_in(self.first_page)
        self.follows(name)
        self.arrives_at(name)
        self.sees(*texts)


class PartnerManager(Staff):
    """Pia, who sees the people of her organisation's groups."""

    role, first_page = "Partner manager", "My people"

    def sees_how_it_goes(self, name: str, *texts: str) -> None:
        self.signs_in(self.first_page)
        self.follows("See 2 people")
        self.arrives_at("All my people")
        self.follows(name)
        self.arrives_at(name)
        self.sees(*texts)
