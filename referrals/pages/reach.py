"""How a person is reached: their phone, their channels; and the code that they got by text, typed here."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from notifications.channels import sms
from notifications.models import TypedCode
from notifications.services import phones
from notifications.services.phones import NotSo
from referrals.screens.access import Page
from referrals.screens.forms import choice, dress
from referrals.services import typed_code

ORDERS = {
    "": "As each deadline's agreement says",
    "sms,email": "By text, then by e-mail",
    "email,sms": "By e-mail, then by text",
    "sms": "By text alone",
    "email": "By e-mail alone",
    "none": "Only here, until nobody else is left to tell",
}
Outcome = TypedCode.Outcome
WHY_NOT = {
    Outcome.UNKNOWN: "That is no code of yours: type the five letters and digits of the text",
    Outcome.EXPIRED: "That code is too old: open what is late and take it there",
    Outcome.USED: "That code was used before: what it tells of is taken",
    Outcome.LEFT: "That code was sent to you in a post that you no longer hold",
    Outcome.REFUSED: "There is nothing to take any more: it was done meanwhile, or is no longer yours",
    Outcome.LIMITED: "Too many wrong codes: wait a quarter of an hour, or open what is late",
}


class PhoneForm(forms.Form):
    """A phone that is to be proved."""

    phone = forms.CharField(
        label="Your mobile number",
        help_text="Such as 07700 900123. A code is sent to it, which you type here.",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": "Type your mobile number"},
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        dress(self)


class CodeForm(forms.Form):
    """A code, from a text."""

    code = forms.CharField(
        label="The code in the text",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={"required": "Type the code"},
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        dress(self)


class ChannelsForm(forms.Form):
    """Which channels, in which order."""

    def __init__(self, *args: object, **words: object) -> None:
        super().__init__(*args, **words)
        self.fields["channels"] = choice(
            "When I have not seen a message in time, tell me",
            ORDERS.items(),
            required=False,
            help_text="Every message is here in any case. Where a deadline was told to everybody in turn and "
            "you are the last, you are told as its agreement says, even if you choose “Only here”.",
        )
        dress(self)

    def chosen(self) -> list[str] | None:
        """As the service takes it."""
        said = self.cleaned_data["channels"]
        return None if not said else [] if said == "none" else said.split(",")


class ReachPage(Page):
    """A person's own; nobody else's can be opened."""

    template = "tracker/reach.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Have a code sent, type it, give a phone up, choose channels."""
        do = self.DO.get(request.POST.get("do", ""))
        if do is None:
            raise Http404
        return do(self)

    def ask(self) -> HttpResponse:
        """To a phone that is to be proved."""
        return self.done(
            "phone_form", PhoneForm(self.request.POST), "phone", "A code is on its way.",
            lambda form: phones.ask(phone=form.cleaned_data["phone"], by=self.actor),
        )  # fmt: skip

    def confirm(self) -> HttpResponse:
        """The code from that phone."""
        return self.done(
            "code_form", CodeForm(self.request.POST), "code", "That phone is yours: texts can reach you.",
            lambda form: phones.confirm(code=form.cleaned_data["code"], by=self.actor),
        )  # fmt: skip

    def choose(self) -> HttpResponse:
        """The channels."""
        return self.done(
            "channels_form", ChannelsForm(self.request.POST), "channels", "That is how you are told.",
            lambda form: phones.choose(channels=form.chosen(), by=self.actor),
        )  # fmt: skip

    def forget(self) -> HttpResponse:
        """No phone any more."""
        phones.forget(by=self.actor)
        messages.success(self.request, "No text goes to that phone any more.")
        return redirect("tracker:reach")

    DO = {"ask": ask, "confirm": confirm, "choose": choose, "forget": forget}

    def done(self, name: str, form: forms.Form, field: str, said: str, do: object) -> HttpResponse:
        """Do it and say so; else the page again, with what is wrong. A wrong code is counted all the same."""
        if form.is_valid():
            try:
                do(form)
            except NotSo as wrong:
                form.add_error(field, f"{str(wrong)[:1].upper()}{str(wrong)[1:]}")
            else:
                messages.success(self.request, said)
                return redirect("tracker:reach")
        answer = self.page(422, **{name: form})
        answer.keep_writes = True
        return answer

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        """The forms, as things stand."""
        reach = phones.of(self.actor)
        chosen = "" if reach.channels is None else ",".join(reach.channels) or "none"
        told = {
            "reach": reach,
            "texts": sms.is_possible(),
            "email": self.request.user.email,
            "phone_form": self.again(PhoneForm()),
            "code_form": CodeForm(),
            "channels_form": self.again(ChannelsForm(initial={"channels": chosen})),
        }
        return self.show({**told, **more}, status)


class CodePage(Page):
    """Type the code of a text, where texts cannot be answered. To open the page takes nothing."""

    template = "tracker/code.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.show({"form": CodeForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take what the text told of. What was typed is kept, wrong or right."""
        form = CodeForm(request.POST)
        if form.is_valid():
            outcome = typed_code.type_in(text=form.cleaned_data["code"], by=self.actor)
            if outcome == Outcome.TAKEN:
                messages.success(
                    request, "You have taken it: it is quiet for now, and still to be acknowledged."
                )
                return redirect("tracker:code")
            form.add_error("code", WHY_NOT[outcome])
        answer = self.show({"form": form}, 422)
        answer.keep_writes = True
        return answer
