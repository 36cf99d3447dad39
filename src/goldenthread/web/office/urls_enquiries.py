"""The addresses of enquiries, chats, interest and testimonials, under /office/enquiries/."""

from django.urls import path

from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.office.views import chat, enquiries, targets, testimonials
from goldenthread.web.shared import enquiring

urlpatterns = [
    path("new/", enquiries.enquiry_new, name="enquiry_new"),
    path("people/<int:prospect_id>/", enquiries.prospect, name="prospect"),
    path("people/<int:prospect_id>/correct/", enquiries.prospect_correct, name="prospect_correct"),
    path("targets/", targets.answering_targets, name="answering_targets"),
    path("people/<int:prospect_id>/merge/", enquiries.prospect_merge, name="prospect_merge"),
    path("people/<int:prospect_id>/part/", enquiries.prospect_part, name="prospect_part"),
    path("templates/", enquiries.answer_templates, name="answer_templates"),
    path(
        "templates/<int:template_id>/retire/", enquiries.answer_template_retire, name="answer_template_retire"
    ),
    path("chat/", chat.duty_desk, name="duty_desk"),
    path("chat/duty/", chat.duty, name="duty"),
    path("chat/list/", chat.chat_list, name="chat_list"),
    path("chat/feed/", chat.chat_feed, name="chat_feed"),
    path("chat/events/", chat.chat_events, name="chat_events"),
    path("chat/<str:reference>/", chat.chat_one, name="chat"),
    path("chat/<str:reference>/reply/", chat.chat_reply, name="chat_reply"),
    path("chat/<str:reference>/end/", chat.chat_end, name="chat_end"),
    path("interest/", enquiring.interest, {"hat": OFFICE}, name="interest"),
    path("testimonials/", testimonials.testimonials, name="testimonials"),
    path("testimonials/add/", testimonials.testimonial_add, name="testimonial_add"),
    path(
        "testimonials/<int:testimonial_id>/publish/",
        testimonials.testimonial_publish,
        name="testimonial_publish",
    ),
    path(
        "testimonials/<int:testimonial_id>/withdraw/",
        testimonials.testimonial_withdraw,
        name="testimonial_withdraw",
    ),
    *enquiring.addresses(OFFICE),
    path("<str:reference>/file/", enquiring.file_under, name="enquiry_file"),
    path("<str:reference>/hand/", enquiring.hand, name="enquiry_hand"),
    path("<str:reference>/let-out/", enquiring.change, {"hat": OFFICE, "verb": "let_out"}, "enquiry_let_out"),
]
