"""The addresses of enquiries, chats, interest and testimonials, under /office/enquiries/."""

from django.urls import path

from goldenthread.web.office.views import chat, enquiries, interest, testimonials

urlpatterns = [
    path("", enquiries.enquiries, name="enquiries"),
    path("new/", enquiries.enquiry_new, name="enquiry_new"),
    path("people/<int:prospect_id>/", enquiries.prospect, name="prospect"),
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
    path("interest/", interest.interest, name="interest"),
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
    path("<str:reference>/", enquiries.enquiry, name="enquiry"),
    path("<str:reference>/answer/", enquiries.enquiry_answer, name="enquiry_answer"),
    path("<str:reference>/note/", enquiries.enquiry_note, name="enquiry_note"),
    path("<str:reference>/assign/", enquiries.enquiry_assign, name="enquiry_assign"),
    path("<str:reference>/hand/", enquiries.enquiry_hand, name="enquiry_hand"),
    path("<str:reference>/close/", enquiries.enquiry_close, name="enquiry_close"),
    path("<str:reference>/reopen/", enquiries.enquiry_reopen, name="enquiry_reopen"),
    path("<str:reference>/let-out/", enquiries.enquiry_let_out, name="enquiry_let_out"),
]
